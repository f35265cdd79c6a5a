job "windows-vm" {
  datacenters = ["home"]
  group "vm" {
    network {
      port "rdp" { static = 3389 }
    }
    ephemeral_disk {
      size   = 40000
      sticky = true
    }
    task "vm" {
      driver = "qemu"
      config {
        image_path        = "local/win11.qcow2"
        accelerator       = "kvm"
        graceful_shutdown = true
        args = [
          "-m", "8G",
          "-nodefaults",
          "-device", "virtio-net,netdev=n0",
          "-netdev", "user,id=n0,hostfwd=tcp::${NOMAD_PORT_rdp}-:3389",
        ]
        port_map {
          rdp = 3389
        }
      }
      artifact {
        source      = "https://images.example/win11.qcow2"
        destination = "local/win11.qcow2"
        mode        = "file"
        insecure    = false
      }
      kill_timeout   = "90s"
      shutdown_delay = "5s"
      resources {
        cpu    = 6000
        memory = 8192
      }
    }
  }
}
