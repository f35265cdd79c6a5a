job "comment-lines" { # {{{ folded
  # region      = "global"
  group "web" { /* one */ /* two */ // three
    # count = 3
    # constraint {
    #   attribute = "${meta.simulacra_zone}"
    # }
    task "web" {
      driver = "exec"
      config {
        command = "true"
      }
      # }
    }

    # update { max_parallel = 1 }
    # a trailing comment, then blank lines


  }



  # the end of the job
}
/* trailing
   block */
