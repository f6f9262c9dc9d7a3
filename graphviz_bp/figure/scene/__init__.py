"""What a figure shows and says, before anything has coordinates."""
