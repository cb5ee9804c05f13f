"""How well causes are judged: what runs of the scenarios saw, changed in many ways and weighed again."""
