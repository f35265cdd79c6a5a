job "consul-native" {
  datacenters = ["dc1"]

  group "app" {
    consul {
      namespace = "house"
      cluster   = "default"
      partition = "default"
    }

    network {
      port "grpc" {}
      port "http" {}
    }

    service {
      name     = "app-grpc"
      port     = "grpc"
      provider = "consul"
      cluster  = "default"
      task     = "app"
      tags     = ["grpc", "v2"]

      enable_tag_override = true
      on_update           = "ignore_warnings"
      address_mode        = "auto"

      identity {
        name        = "consul_app"
        aud         = ["consul.io"]
        ttl         = "1h"
        change_mode = "noop"
        file        = true
      }

      check {
        type            = "grpc"
        port            = "grpc"
        interval        = "5s"
        timeout         = "2s"
        grpc_service    = "example.Health"
        grpc_use_tls    = true
        tls_skip_verify = true
        tls_server_name = "app.example"
        on_update       = "require_healthy"
      }

      check {
        name           = "ready"
        type           = "script"
        task           = "app"
        command        = "/local/ready.sh"
        args           = ["--deep"]
        interval       = "30s"
        timeout        = "10s"
        initial_status = "warning"
        notes          = "asks the database too"
      }
    }

    service {
      name = "app-http"
      port = "http"

      check {
        type     = "http"
        protocol = "https"
        path     = "/v1/post"
        method   = "POST"
        body     = "{\"group\": \"x\"}"
        header {
          Authorization = ["Basic ZWxhc3RpYzpjaGFuZ2VtZQ=="]
        }
        interval = "10s"
        timeout  = "2s"
      }
      check_restart {
        limit           = 3
        grace           = "10s"
        ignore_warnings = true
      }
    }

    task "app" {
      driver = "java"

      consul {
        cluster = "default"
      }

      identity {
        env           = true
        file          = true
        filepath      = "local/nomad_token"
        change_mode   = "signal"
        change_signal = "SIGHUP"
      }

      config {
        jar_path    = "local/app.jar"
        jvm_options = ["-Xmx256m", "-Xms128m"]
      }

      template {
        source      = "local/app.conf.tpl"
        destination = "local/app.conf"
        once        = true
      }

      artifact {
        source = "https://builds.example/app.jar"
      }

      resources {
        memory = 400
      }
    }
  }
}
