job "csi-nfs-controller" {
  datacenters = ["home"]
  type        = "service"

  group "controller" {
    count = 2

    task "plugin" {
      driver = "docker"

      config {
        image = "registry.k8s.io/sig-storage/nfsplugin:v4.8.0"
        args = [
          "--endpoint=unix://csi/csi.sock",
          "--nodeid=${attr.unique.hostname}",
          "--drivername=nfs.csi.k8s.io",
          "--v=5",
        ]
      }

      csi_plugin {
        id                     = "nfs"
        type                   = "controller"
        mount_dir              = "/csi"
        stage_publish_base_dir = "/local/csi"
        health_timeout         = "1m"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
