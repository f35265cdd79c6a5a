job "group" {
  group { # ! `group` takes one name
  }
}
