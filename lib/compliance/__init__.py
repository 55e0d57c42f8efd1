"""What EU media law asks of the service: pure rules, used by worker and CLI alike."""
