job { # ! `job` takes one name
}
