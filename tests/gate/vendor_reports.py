"""Reports as Vivado and Quartus write them, for a design, a device and a clock."""
# Lines are as long as the tools make them.
# ruff: noqa: E501

from __future__ import annotations

UTILIZATION = """\
Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2023 Advanced Micro Devices, Inc. All Rights Reserved.
---------------------------------------------------------------------------------------------------------------------------
| Tool Version : Vivado v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023
| Date         : Tue Mar  5 10:21:44 2024
| Host         : lxfarm running 64-bit AlmaLinux release 9.3
| Command      : report_utilization -file ooc/utilization.rpt
| Design       : net
| Device       : xcvu9p-flga2104-2-e
| Speed File   : -2
| Design State : Routed
---------------------------------------------------------------------------------------------------------------------------

Utilization Design Information

Table of Contents
-----------------
1. CLB Logic
2. CLB Logic Distribution
3. BLOCKRAM
4. ARITHMETIC

1. CLB Logic
------------

+----------------------------+------+-------+------------+-----------+-------+
|          Site Type         | Used | Fixed | Prohibited | Available | Util% |
+----------------------------+------+-------+------------+-----------+-------+
| CLB LUTs                   | 9412 |     0 |          0 |   1182240 |  0.80 |
|   LUT as Logic             | 9399 |     0 |          0 |   1182240 |  0.80 |
|   LUT as Memory            |   13 |     0 |          0 |    591840 | <0.01 |
| CLB Registers              | 9034 |     0 |          0 |   2364480 |  0.38 |
|   Register as Flip Flop    | 9034 |     0 |          0 |   2364480 |  0.38 |
| CARRY8                     |  811 |     0 |          0 |    147780 |  0.55 |
+----------------------------+------+-------+------------+-----------+-------+

2. CLB Logic Distribution
-------------------------

+----------------------------+------+-------+------------+-----------+-------+
|          Site Type         | Used | Fixed | Prohibited | Available | Util% |
+----------------------------+------+-------+------------+-----------+-------+
| CLB                        | 1801 |     0 |          0 |    147780 |  1.22 |
| CLB Registers              | 1234 |     0 |          0 |   2364480 |  0.38 |
+----------------------------+------+-------+------------+-----------+-------+

3. BLOCKRAM
-----------

+-------------------+------+-------+------------+-----------+-------+
|     Site Type     | Used | Fixed | Prohibited | Available | Util% |
+-------------------+------+-------+------------+-----------+-------+
| Block RAM Tile    | 12.5 |     0 |          0 |      2160 |  0.58 |
|   RAMB36/FIFO*    |   12 |     0 |          0 |      2160 |  0.56 |
|   RAMB18          |    1 |     0 |          0 |      4320 |  0.02 |
| URAM              |    0 |     0 |          0 |       960 |  0.00 |
+-------------------+------+-------+------------+-----------+-------+

4. ARITHMETIC
-------------

+----------------+------+-------+------------+-----------+-------+
|    Site Type   | Used | Fixed | Prohibited | Available | Util% |
+----------------+------+-------+------------+-----------+-------+
| DSPs           |   62 |     0 |          0 |      6840 |  0.91 |
|   DSP48E2 only |   62 |       |            |           |       |
+----------------+------+-------+------------+-----------+-------+
"""

TIMING = """\
Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-2023 Advanced Micro Devices, Inc. All Rights Reserved.
-------------------------------------------------------------------------------------------------------------------------
| Tool Version      : Vivado v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023
| Date              : Tue Mar  5 10:22:08 2024
| Host              : lxfarm running 64-bit AlmaLinux release 9.3
| Command           : report_timing_summary -delay_type min_max -max_paths 10 -file ooc/timing.rpt
| Design            : net
| Device            : xcvu9p-flga2104
| Speed File        : -2  PRODUCTION 1.27 02-28-2020
| Design State      : Routed
-------------------------------------------------------------------------------------------------------------------------

Timing Summary Report

------------------------------------------------------------------------------------------------
| Timer Settings
| --------------
------------------------------------------------------------------------------------------------

  Enable Multi Corner Analysis               :  Yes

check_timing report

Table of Contents
-----------------
1. checking no_clock (0)

1. checking no_clock (0)
------------------------
 There are 0 register/latch pins with no clock.

------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------
      0.104        0.000                      0                18211        0.011        0.000                      0                18211        1.284        0.000                       0                  9097


All user specified timing constraints are met.


------------------------------------------------------------------------------------------------
| Clock Summary
| -------------
------------------------------------------------------------------------------------------------

Clock  Waveform(ns)         Period(ns)      Frequency(MHz)
-----  ------------         ----------      --------------
clk    {0.000 1.559}        3.119           320.616
"""

FIT = """\
Fitter Status : Successful - Tue Mar  5 11:02:31 2024
Quartus Prime Version : 23.1.0 Build 115 03/30/2023 SC Pro Edition
Revision Name : net_ooc
Top-level Entity Name : net
Family : Agilex 7
Device : AGFB014R24B2E2V
Timing Models : Final
Power Models : Final
Device Status : Final
Logic utilization (in ALMs) : 9,412 / 487,200 ( 2 % )
Total dedicated logic registers : 9034
Total registers : 9034
Total pins : 2 / 924 ( < 1 % )
Total virtual pins : 209
Total block memory bits : 4,096 / 145,612,800 ( < 1 % )
Total RAM Blocks : 3 / 7,110 ( < 1 % )
Total DSP Blocks : 62 / 4,510 ( 1 % )
"""

STA = """\
------------------------------------------------------------
Timing Analyzer Summary
------------------------------------------------------------

Type  : Slow vid2 100C Model Setup 'clk'
Slack : 0.104
TNS   : 0.000

Type  : Slow vid2 100C Model Hold 'clk'
Slack : 0.035
TNS   : 0.000

Type  : Fast vid2a 0C Model Setup 'clk'
Slack : 0.412
TNS   : 0.000

Type  : Fast vid2a 0C Model Hold 'clk'
Slack : 0.012
TNS   : 0.000

Type  : Slow vid2 100C Model Minimum Pulse Width 'clk'
Slack : -1.1
TNS   : 0.000
"""
