job "two" {
  group "a" {}
}

job "three" { # ! a jobspec holds one job, and there is one at line 1 already
}
