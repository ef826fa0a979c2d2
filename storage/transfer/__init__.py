"""What leaves an organisation as a file, and comes back: everything of its timelines, no account and no secret."""
