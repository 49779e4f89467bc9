"""The sweep: many schedules of one model, as a table and a plot of latency against cost."""
