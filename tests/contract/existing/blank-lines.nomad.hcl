


job "blank-lines" {


  datacenters = [

    "home",

  ]



  group "g" {



    task "t" {

      driver = "raw_exec"

      config {

        command = "true"

      }

    }



  }


}



