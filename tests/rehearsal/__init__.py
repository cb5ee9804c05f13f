"""What a rehearsal says before a person is asked, and what it would have stopped."""
