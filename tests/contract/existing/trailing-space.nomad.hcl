job "trailing-space" {   
  type = "service"	
  group "g" {	 
    task "t" { 
      driver = "raw_exec"  
      config {  
        command = "true"
      }  
    } 
  }  
}  
  
