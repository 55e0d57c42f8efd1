"""What runs in the container: it takes submissions, makes streams of videos and keeps the record."""
