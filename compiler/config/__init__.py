"""The configuration: design.yaml, its schema, its messages, strict YAML."""
