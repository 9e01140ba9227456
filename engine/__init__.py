"""What a policy means: one program, several interpretations of it."""
