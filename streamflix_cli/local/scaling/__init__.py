"""CloudWatch alarms and Application Auto Scaling: evaluates alarms, tells topics, scales services of ECS."""
