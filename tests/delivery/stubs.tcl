# Commands of Vivado and Quartus for scripts under test: each knows its options, takes nothing else, and is logged.
# Source: UG835; ../shared/delivery.md, sections 4 and 5.
# usage: tclsh stubs.tcl LOG SCRIPT ARGUMENTS...
package require Tcl 8.6
set log [open [lindex $argv 0] w]
set script [lindex $argv 1]
set argv [lrange $argv 2 end]
set argc [llength $argv]
set quartus(args) $argv

# name, options with a value, options without, least and most other arguments, result
proc stub {name valued flags least most {result {}}} {
  proc $name args [format {
    set others {}
    set valued {%s}
    set flags {%s}
    for {set i 0} {$i < [llength $args]} {incr i} {
      set word [lindex $args $i]
      if {$word in $valued} {
        incr i
        if {$i >= [llength $args]} { error "%s: $word needs a value" }
      } elseif {[string match -* $word] && ![string is double -strict $word]} {
        if {$word ni $flags} { error "%s: unknown option $word" }
      } else {
        lappend others $word
      }
    }
    if {[llength $others] < %d || [llength $others] > %d} { error "%s: [llength $others] arguments: $others" }
    puts $::log [list %s {*}$args]
    return {%s}
  } $valued $flags $name $name $least $most $name $name $result]
}

proc unknown args { error "unknown command: $args" }

stub read_vhdl {-library} {-vhdl2008 -vhdl2019} 1 1
stub read_xdc {-mode} {} 1 1
stub synth_design {-top -part -mode -flatten_hierarchy -generic} {} 0 0
stub opt_design {} {} 0 0
stub place_design {} {} 0 0
stub phys_opt_design {} {} 0 0
stub route_design {} {} 0 0
stub write_checkpoint {} {-force} 1 1
stub report_utilization {-file -hierarchical_depth} {-hierarchical} 0 0
stub report_timing_summary {-delay_type -max_paths -file} {-report_unconstrained -warn_on_violation} 0 0
stub get_timing_paths {-delay_type -max_paths} {} 0 0 path
stub create_project {-part} {-in_memory} 0 2
stub add_files {-fileset} {-norecurse} 1 1
stub get_files {-of_objects -filter} {} 0 1 file
stub get_filesets {} {} 1 1 fileset
stub get_runs {} {} 1 1 run
stub current_fileset {} {} 0 0 fileset
stub update_compile_order {-fileset} {} 0 0
stub set_property {-name -value -objects} {} 0 3
stub get_ports {-filter} {} 0 1 ports
stub create_clock {-name -period} {} 1 1
stub set_input_delay {-clock} {} 2 2
stub set_output_delay {-clock} {} 2 2
namespace eval ipx {}
stub ipx::package_project {-root_dir -vendor -library -taxonomy} {-import_files -force} 0 0
stub ipx::current_core {} {} 0 0 core
stub ipx::infer_bus_interface {} {} 2 3
stub ipx::associate_bus_interfaces {-busif -clock -reset} {} 0 1
stub ipx::create_xgui_files {} {} 1 1
stub ipx::update_checksums {} {} 1 1
stub ipx::check_integrity {} {} 1 1
stub ipx::save_core {} {} 1 1
proc get_property {name object} {
  if {$name ne "SLACK" || $object ne "path"} { error "get_property: $name $object" }
  return $::env(SLACK)
}

stub project_new {} {-overwrite} 1 1
stub project_close {} {} 0 0
stub set_global_assignment {-name -library -hdl_version} {} 1 1
stub set_instance_assignment {-name -to} {} 1 1
stub execute_flow {} {-compile} 0 0
stub derive_clock_uncertainty {} {} 0 0
stub set_false_path {-from -to} {} 0 0
stub remove_from_collection {} {} 2 2 ports
stub all_inputs {} {} 0 0 ports
stub all_outputs {} {} 0 0 ports
package provide ::quartus::project 1.0
package provide ::quartus::flow 1.0

source $script
close $log
