job "own" {
  group "own" {
    count = 2 # ! its gate sets the count: remove `count` here, and write it into the definition

    scaling { # ! asks for `needs`, which settles its count, and has a `scaling` of its own
      max = 3
    }
  }
}
