"""Networks: arrays in, logits or pixels out. One file a network; none knows of music, pictures or files."""
