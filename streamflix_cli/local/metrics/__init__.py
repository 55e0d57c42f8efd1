"""What AWS services publish about themselves in CloudWatch: here, SQS queues and services of ECS."""
