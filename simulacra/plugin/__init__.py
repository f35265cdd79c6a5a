"""The Nomad Autoscaler's plugins: thin adapters over observing, planning and acting."""
