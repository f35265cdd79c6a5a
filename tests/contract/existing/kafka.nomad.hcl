locals {
  brokers = 3
}

job "kafka" {
  datacenters = ["home", "office", "hosting"]

  # one group each: every broker has an id and a disk of its own
  group "broker-0" {
    count = 1
    volume "log" {
      type   = "host"
      source = "kafka-0"
    }
    network {
      port "kafka" { static = 9092 }
    }
    task "kafka" {
      driver = "docker"
      config {
        image        = "apache/kafka:3.8.0"
        network_mode = "host"
      }
      env {
        KAFKA_NODE_ID       = 0
        KAFKA_PROCESS_ROLES = "broker,controller"
        KAFKA_CONTROLLER_QUORUM_VOTERS = join(",", [for i in range(local.brokers) : "${i}@kafka-${i}.lan:9093"])
      }
      volume_mount {
        volume      = "log"
        destination = "/var/lib/kafka"
      }
      resources {
        cpu    = 600
        memory = 1500
      }
    }
  }

  group "broker-1" {
    count = 1
    volume "log" {
      type   = "host"
      source = "kafka-1"
    }
    network {
      port "kafka" { static = 9092 }
    }
    task "kafka" {
      driver = "docker"
      config {
        image        = "apache/kafka:3.8.0"
        network_mode = "host"
      }
      env {
        KAFKA_NODE_ID       = 1
        KAFKA_PROCESS_ROLES = "broker,controller"
        KAFKA_CONTROLLER_QUORUM_VOTERS = join(",", [for i in range(local.brokers) : "${i}@kafka-${i}.lan:9093"])
      }
      volume_mount {
        volume      = "log"
        destination = "/var/lib/kafka"
      }
      resources {
        cpu    = 600
        memory = 1500
      }
    }
  }
}
