job "wrong" {
  type = "sytem" # ! "sytem" isn't a type of jobs

  group "wrong" {}
}
