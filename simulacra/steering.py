"""One look, one plan, one step: observing, planning and acting wired together, for the plugins and for the command line."""
