job "wireguard" {
  type = "system"
  datacenters = ["*"]
  priority = 90
  constraint {
    attribute = "${meta.gateway}"
    operator = "="
    value = "yes"
  }
  group "wg" {
    network {
      mode = "host"
      port "wg" { static = 51820 }
    }
    task "wg" {
      driver = "raw_exec"
      config {
        command = "${NOMAD_TASK_DIR}/up.sh"
      }
      template {
        perms = "755"
        destination = "local/up.sh"
        change_mode = "restart"
        data = <<SH
#!/bin/bash
set -euo pipefail
trap 'wg-quick down wg0' EXIT
if [ -n "$${WG_KEY:-}" ]; then echo "key given"; fi
for peer in {1..3}; do echo "$peer"; done
wg-quick up wg0 && exec sleep infinity
SH
      }
      env { WG_KEY = "" }
    }
  }
}
