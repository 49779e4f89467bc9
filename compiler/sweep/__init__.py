"""The sweep: many schedules of one model, as a table and a picture of latency against cost."""
