"""The Nomad Autoscaler's plugins: thin adapters over observing, planning and acting.

The agent starts ``plugin_dir/NAME`` (`main`), which stays small and keeps a worker alive (`supervise`); the worker answers gRPC
(`serve`, `services`): what every plugin answers (`common`), the metrics (`apm`) and the machines (`target`). Both look through one
port at the grid (`steering_port`).
"""
