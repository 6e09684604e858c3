"""How each family is trained: one file a family."""
