"""The optional compiled call of the fan-out. Without a compiler the loop over os.write serves in its place."""
