job "own-disconnect" {
  datacenters = ["home"]
  group "db" {
    count = 1
    disconnect {
      lost_after           = "12h"
      replace              = true
      reconcile            = "best_score"
    }
    task "db" {
      driver = "raw_exec"
      config {
        command = "/usr/bin/db"
      }
    }
  }
  group "web" {
    task "web" {
      driver = "raw_exec"
      config {
        command = "/usr/bin/web"
      }
    }
  }
}
