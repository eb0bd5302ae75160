"""A rehearsal: made-up worlds, and the rounds played in them."""
