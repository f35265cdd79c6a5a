job "counted" {
  group "same" {
    count = 3
  }

  group "other" {
    count = 2 # ! `count` is 2 here and 3 in the definition: remove one
  }
}
