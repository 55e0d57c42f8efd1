"""The Lambda function that rotates the database passwords."""
