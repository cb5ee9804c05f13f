"""What a large cluster needs: work that grows with what happens, not with what is there."""
