job "csi-nfs-node" {
  datacenters = ["home"]

  # a node plugin runs everywhere
  type = "system"

  group "nodes" {
    task "plugin" {
      driver = "docker"

      config {
        image = "registry.k8s.io/sig-storage/nfsplugin:v4.8.0"
        args = [
          "--endpoint=unix://csi/csi.sock",
          "--nodeid=${attr.unique.hostname}",
          "--drivername=nfs.csi.k8s.io",
        ]
        # needed for mounts
        privileged   = true
        network_mode = "host"
      }

      csi_plugin {
        id        = "nfs"
        type      = "node"
        mount_dir = "/csi"
      }

      resources { cpu = 100 }
    }
  }
}
