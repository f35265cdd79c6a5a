"""What full knowledge of a trace would allow, from below: what must be on when, and the cheapest way to have it on."""
