"""For every entity of the library a way to break it, and the case that must find it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """What is replaced in the file of an entity, wherever it stands.

    Attributes:
        label: Label of the case that must be refuted.
        changes: Pairs of the old text and the new one.
    """

    label: str
    changes: tuple[tuple[str, str], ...]


def one(label: str, old: str, new: str) -> Mutant:
    return Mutant(label, ((old, new),))


ENTITY_MUTANTS = {
    "bxnn_adder_graph": one("", "upper := a(BITS - 1 downto passed) - b", "upper := a(BITS - 1 downto passed) + b"),
    "bxnn_adder_tree": one(
        "five", "first_leaf(2 * n + 1, NODES) < INPUTS", "first_leaf(2 * n + 1, NODES) < INPUTS - 1"
    ),
    "bxnn_align": one("signed", "WIDE_BITS), SHIFT)", "WIDE_BITS), SHIFT + 1)"),
    "bxnn_argmax": one("signed", "SIGNED_CODES     => SIGNED_CODES", "SIGNED_CODES     => 1 - SIGNED_CODES"),
    "bxnn_axi_lite": one("", "passed <= writing and whole;", "passed <= writing;"),
    "bxnn_axis_entry": one("beats", "places = 0 or waiting", "places = 1 or waiting"),
    "bxnn_axis_exit": one("one", "(newest + 1) mod DEPTH", "(newest + 2) mod DEPTH"),
    "bxnn_bit_sequence": one("five", "bit_at(FOLLOWING, low)", "bit_at(FOLLOWING, low + 1)"),
    "bxnn_block_lookup": one("registered-1", "if enable = '1'", "if enable = '0'"),
    "bxnn_channel_threshold": one("registered", "rst  => '0'", "rst  => enable"),
    "bxnn_choice_tree": one("11-4", "(first_of_level(l) + 4 * q) * BITS", "(first_of_level(l) + 3 * q) * BITS"),
    "bxnn_cyclic_counter": one("5", "upcoming = COUNT - 2", "upcoming = COUNT - 3"),
    "bxnn_delay_line": one("three", "y <= stage(CYCLES)", "y <= stage(CYCLES - 1)"),
    "bxnn_dot_input_joined": one("threes", "(p + 1) mod PHASES", "p"),
    "bxnn_dot_input_serial": one("alone", "1 + MULTIPLIER_REGISTER", "2 + MULTIPLIER_REGISTER"),
    "bxnn_dot_output_serial": one(
        "packed",
        "K * ROM_WIDTH + (c + 1) * WEIGHT_BITS - 1 downto K * ROM_WIDTH + c * WEIGHT_BITS",
        "START * ROM_WIDTH + (c + 1) * WEIGHT_BITS - 1 downto START * ROM_WIDTH + c * WEIGHT_BITS",
    ),
    "bxnn_frame_collector": one("", "turn <= SECOND_TURN", "turn <= FIRST_TURN"),
    "bxnn_frame_sequencer": one("three", "running <= not ending", "running <= '1'"),
    "bxnn_held_check": Mutant(
        "",
        (
            (
                "WIDTH - 1 downto 0)\n  );",
                "WIDTH - 1 downto 0);\n    seen  : out std_logic_vector(WIDTH - 1 downto 0)\n  );",
            ),
            ("begin\n\n  watch", "begin\n\n  seen <= earlier;\n\n  watch"),
        ),
    ),
    "bxnn_history": one("channels", "if in_gap = '1' then", "if in_gap = '0' then"),
    "bxnn_ipbus": one("", "fetching or (taken and ipb_write)", "fetching or taken"),
    "bxnn_joined_macs": one("pair", "total := total + p(k);", "total := total - p(k);"),
    "bxnn_lane_sums": one("cut", "LANE < PRODUCTS - 1", "LANE < PRODUCTS - 2"),
    "bxnn_latency_padding": one("long", "CYCLES - SPACING", "CYCLES - SPACING - 1"),
    "bxnn_line_buffer": one(
        "", "restart => first,\n      step    => in_valid", "restart => rst,\n      step    => in_valid"
    ),
    "bxnn_load_steps": one("three", "phase = PHASES - 2", "phase = PHASES - 1"),
    "bxnn_lookup": one("pages", "ROWS(64 * p + 63 downto 64 * p)", "ROWS(64 * (1 - p) + 63 downto 64 * (1 - p))"),
    "bxnn_mac_cascade": one("accumulator", "elsif first = '1' then", "elsif first = '0' then"),
    "bxnn_max_tree": one("111", "> to_operand(a", ">= to_operand(a"),
    "bxnn_operand_choice": one("zeros", "word := CHOICES", "word := CHOICES - 1"),
    "bxnn_over_turns": one("sum-1", "number = TURNS - 1", "number = TURNS - 2"),
    "bxnn_pairwise": one("maximum-1", '= (OPERATION = "MAXIMUM")', '= (OPERATION = "MINIMUM")'),
    "bxnn_parallel_to_serial": one("groups", "(p + LATER) mod WORDS", "p mod WORDS"),
    "bxnn_phase_sequencer": one("copies", "= PHASES - 1", "= PHASES - 2"),
    "bxnn_phase_step": one("300", "(p + 1) mod 2 ** (k + 2)", "(p + 1) mod 2 ** (k + 1)"),
    "bxnn_products": one("register-1", "p      <= m", "p      <= not m"),
    "bxnn_replica": one("", "if rst = '1'", "if rst = '0'"),
    "bxnn_replica_bank": one("late", "held_bank <= read_bank;", "held_bank <= bank;"),
    "bxnn_replica_choice": one("three", "unsigned(number) = q", "unsigned(number) = q + 1"),
    "bxnn_replica_page": one("", "unsigned(place) = p", "unsigned(place) = p + 1"),
    "bxnn_replica_place": one("early", "EARLY = 1", "EARLY = 0"),
    "bxnn_replica_port": one("", "if rst = '1'", "if rst = '0'"),
    "bxnn_replica_sets": one("three", "n mod STRIDE, DEPTH - 1", "n mod STRIDE, DEPTH - 2"),
    "bxnn_replica_table": one("", "number(5 downto 0)", "number(6 downto 1)"),
    "bxnn_replica_rom": one("early", "EARLY = 1", "EARLY = 0"),
    "bxnn_requantize": one("rnd_conv-sat-signed", "half and (rest or t(s))", "half and (rest or not t(s))"),
    "bxnn_requantize_each": one("saturates", "IN_SIGNED => IN_SIGNED", "IN_SIGNED => 1 - IN_SIGNED"),
    "bxnn_reset_adapter": one("11", "'0' & stage(1)", "stage(1) & '0'"),
    "bxnn_result_register": one("", "loaded = '1'", "loaded = '0'"),
    "bxnn_rewire": one("", "< 0", "< -1"),
    "bxnn_running_max": one("2x3-serial", "passed(SLOTS - 1 to PHASES - 2)", "passed(SLOTS to PHASES - 2)"),
    "bxnn_serial_to_parallel": one("three", "CYCLES => PHASES - 1", "CYCLES => PHASES"),
    "bxnn_set_choice": one("5", "unsigned(tag) > SETS - 1", "unsigned(tag) > SETS"),
    "bxnn_spacing_check": one("4", "busy <= CYCLES - 1", "busy <= CYCLES - 2"),
    "bxnn_staircase": one("signed-1", "for k in 0 to STEPS loop", "for k in 0 to STEPS - 12 loop"),
    "bxnn_staircase_lanes": one("registered", "flags(k) = '1' or always_reached(row, k)", "flags(k) = '1'"),
    "bxnn_threshold": one("signed-1", "IN_SIGNED  => IN_SIGNED", "IN_SIGNED  => 1 - IN_SIGNED"),
    "bxnn_thresholds_reached": one("signed-1", "(high(1) and rest(1))", "(high(1) and rest(0))"),
    "bxnn_tile_sequencer": one("some-wait", "present < LAST_ARRIVING", "present <= LAST_ARRIVING"),
    "bxnn_turns": one("3x2", "waited /= SPACING - 1", "waited /= 0"),
    "bxnn_valid_copies": one("4", "copy_of(i, WIDTH, REGISTERS(k - 1))", "copy_of(i, WIDTH, REGISTERS(k))"),
    "bxnn_valid_delay": one("four", "if rst = '1'", "if rst = '0'"),
    "bxnn_weight_bank": one("some", "leaves <= token(token'high) and step;", "leaves <= step;"),
    "bxnn_weight_load": one("", "settling(SETTLE_CYCLES - 1);", "settling(0);"),
    "bxnn_weight_rom": Mutant(
        "shared",
        (
            ("alike and table(p * WIDTH + b) = table(p * WIDTH + latest(slot))", "true"),
            ("slot := slot + 1", "slot := slot"),
        ),
    ),
    "bxnn_window_former": one("", "shown <= '1'", "shown <= '0'"),
}
