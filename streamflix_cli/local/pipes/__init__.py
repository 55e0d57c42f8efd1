"""EventBridge Pipes: moves records of Kinesis streams to SQS queues, as the deployed pipes say."""
