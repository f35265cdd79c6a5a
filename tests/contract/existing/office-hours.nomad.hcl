job "office-hours" {
  datacenters = ["office"]
  group "desk" {
    task "screen" {
      driver = "raw_exec"
      schedule {
        cron {
          start    = "0 8 * * 1-5"
          end      = "0 18"
          timezone = "Europe/Amsterdam"
        }
      }
      config {
        command = "/usr/local/bin/screen-on"
      }
      action "refresh" {
        command = "/usr/local/bin/screen"
        args    = ["--refresh", "now"]
      }
      action "blank" {
        command = "/usr/local/bin/screen"
        args    = ["--blank"]
      }
      logs {
        disabled = true
      }
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
