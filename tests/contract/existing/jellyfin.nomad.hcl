job "jellyfin" {
    datacenters = ["home"]
    type = "service"

    # the box with the graphics card
    constraint {
        attribute = "${attr.unique.hostname}"
        operator  = "regexp"
        value     = "^(tower|desk)$"
    }

    group "jellyfin" {
        count = 1

        affinity {
            attribute = "${node.unique.name}"
            value     = "tower"
            weight    = 75
        }

        volume "media" {
            type      = "host"
            read_only = true
            source    = "media"
        }
        volume "config" {
            type   = "host"
            source = "jellyfin-config"
        }

        network {
            mode = "host"
            port "web" { static = 8096 }
            port "discovery" { static = 7359 }
        }

        task "jellyfin" {
            driver = "docker"

            config {
                image = "jellyfin/jellyfin:10.9.11"
                network_mode = "host"
                runtime = "nvidia"
                devices = [
                    { host_path = "/dev/dri/renderD128", container_path = "/dev/dri/renderD128" },
                ]
                mount {
                    type = "tmpfs"
                    target = "/cache"
                    readonly = false
                    tmpfs_options {
                        size = 1000000000 # bytes
                    }
                }
            }

            volume_mount {
                volume = "media"
                destination = "/media"
                propagation_mode = "private"
                read_only = true
            }
            volume_mount {
                volume = "config"
                destination = "/config"
            }

            env {
                JELLYFIN_PublishedServerUrl = "http://jellyfin.lan:8096"
                NVIDIA_DRIVER_CAPABILITIES = "compute,video,utility"
            }

            resources {
                cpu    = 2000
                memory = 2048

                device "nvidia/gpu" {
                    count = 1

                    constraint {
                        attribute = "${device.attr.memory}"
                        operator  = ">="
                        value     = "2 GiB"
                    }

                    affinity {
                        attribute = "${device.model}"
                        value     = "Quadro P400"
                        weight    = 50
                    }
                }
            }

            service {
                name = "jellyfin"
                port = "web"
                provider = "nomad"
                check {
                    type = "http"
                    path = "/health"
                    interval = "20s"
                    timeout = "5s"
                }
            }
        }
    }
}
