"""Copies of a whole installation, and the way back: what is copied (`sources`), where it goes (`places`), what says
that it is whole (`manifest`)."""
