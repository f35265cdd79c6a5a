#!/usr/bin/env -S nomad job run
/* job "not-this-one" { } */
# job "nor-this" {
// group "neither" {
job /* its name: */ "comments-everywhere" /* and here */ { # behind the brace
  # the first line
  /* a comment
     of several } lines
     group "x" { */ datacenters = [ # in a list
    "home", // one
    /* two */ "office",
    # none
  ] // after a list
  // meta { a = "b" }

  meta { // of the job
    # nothing
    a = "b" # but this
    /* and
       this */
  } /* behind meta { */ // and more

  group /* g */ "one" { /* behind the
    brace, over two lines */
    count = 2 /* two */ # really two
    // before a task
    task "t" { # }
      driver = "raw_exec" // {
      config { /* { */
        command = /* what? */ "true" # "
        args = ["#", "//", "/*", "*/", "${ /* in a template? */ NOMAD_JOB_NAME }"]
      } # }
      /* at the end */
    }
    # the last line of the group
  } // closes one
  group "two" { /**/
    /**/ /* */ task "t" { // "quoted { brace"
      driver = "raw_exec"
    } /* } */
  /* before the brace */ }
  group "three" { # a "quote and a { brace
  // only a comment
  }
  group "four" { /* one line, of a kind */ }
  group "five" /* { */ { // }
    count = 1
    }/* no space before it */ // nor a line of its own
# before the last brace
/* right before it */ } # after it
# and the end, without a line break