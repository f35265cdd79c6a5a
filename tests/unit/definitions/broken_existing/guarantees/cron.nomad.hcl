job "cron" {
  periodic { # ! a periodic job is batch work
    cron = "@daily"
  }

  group "cron" {}
}
