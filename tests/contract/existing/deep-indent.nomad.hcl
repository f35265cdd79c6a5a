        job "deep-indent" {
                    datacenters = ["home"]
          group "g" {
                                count = 1
                      task "t" {
              driver = "raw_exec"
          config {
      command = "true"
            }
        }
      }
                }
