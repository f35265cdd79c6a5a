# Rendered by simulacra: grid "example", how many machines are on
# Another policy for the target "simulacra-target" may take this one's place, with whatever APM and strategy: then the count is theirs,
# which machines are woken and put to sleep stays the planner's.

scaling "machines" {
  enabled = true
  min     = 0
  max     = 100000

  policy {
    # the planner has cooldowns of its own; 0 would be the agent's default, 5 minutes
    cooldown            = "1s"
    evaluation_interval = "10s"

    check "machines" {
      source = "simulacra-apm"
      query  = "machines"

      strategy "pass-through" {}
    }

    target "simulacra-target" {}
  }
}
