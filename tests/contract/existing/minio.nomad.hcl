job "minio" {
  datacenters = ["attic", "office"]

  spread {
    attribute = "${node.datacenter}"
    weight    = 100

    target "attic" {
      percent = 60
    }

    target "office" {
      percent = 40
    }
  }

  group "minio" {
    count = 4

    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    constraint {
      attribute = "${attr.driver.docker.version}"
      operator  = "version"
      value     = ">= 20.10, < 30"
    }

    volume "disk" {
      type            = "csi"
      source          = "minio"
      per_alloc       = true
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
    }

    network {
      port "api" {
        static = 9000
      }
      port "console" {
        static = 9001
      }
    }

    task "minio" {
      driver = "docker"
      config {
        image        = "minio/minio:RELEASE.2024-08-17T01-24-54Z"
        network_mode = "host"
        args = [
          "server",
          "--console-address", ":${NOMAD_PORT_console}",
          "http://minio-{0...3}.lan/data", # braces that are minio's
        ]
      }
      volume_mount {
        volume      = "disk"
        destination = "/data"
      }
      resources {
        cores      = 1
        memory     = 1024
        memory_max = 4096
      }
    }
  }
}
