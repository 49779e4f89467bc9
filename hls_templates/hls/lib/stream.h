// stream.h: images that arrive word by word; a segment is a window former and a tile function, connected by streams.
//
//   words ─► windows (line buffer, one word per cycle) ─► tiles (a frame-parallel network every TILE_INTERVAL cycles) ─► words
//
// A word is a few neighbouring pixels of a row; every row begins a new word, and surplus pixels of its last word are
// ignored. A tile is the receptive field of a few neighbouring outputs. All names as in the VHDL.
#ifndef BXNN_STREAM_H
#define BXNN_STREAM_H

#include <hls_stream.h>

namespace bxnn {

// Codes that travel together: a beat, a word or a tile.
template <class X, int SIZE> struct word {
    static const int CODES = SIZE;
    X data[SIZE];
};

// Cuts an image into tiles. A config T defines
//   ROWS, WORDS, WORD_PIXELS, COLUMNS, CHANNELS          the image: rows of words, pixels per word and per row
//   TAP_ROWS, TAP_COLUMNS                                 a tile; pixels outside the image are zeros
//   STRIDE_ROWS, STRIDE_COLUMNS, BORDER_ROWS, BORDER_COLUMNS   from tile to tile, and the border before the first
//   OUTPUT_ROWS, TILE_COLUMNS                             rows of tiles, and tiles in a row
//   WINDOW_WORDS, WORD_STEP, LEAD                         words under a tile, from one to the next; surplus pixels in front
//   LATE_ROWS, LATE_WORDS                                 how far after its own row the first tile of a row completes
//   STEPS                                                 until the last tile is complete
//
// Each step takes one word, or zeros after the image, below those above it from the line buffer; a window that extends
// past the right edge is complete when words of the next row have moved it into place.
template <class T, class X>
void windows(hls::stream<word<X, T::WORD_PIXELS * T::CHANNELS> > &in,
             hls::stream<word<X, T::TAP_ROWS * T::TAP_COLUMNS * T::CHANNELS> > &out) {
    typedef word<X, T::WORD_PIXELS * T::CHANNELS> word_t;
    const int KEPT = T::TAP_ROWS > 1 ? T::TAP_ROWS - 1 : 1;
    word_t rows[KEPT][T::WORDS];
#pragma HLS AGGREGATE variable=rows
#pragma HLS ARRAY_PARTITION variable=rows complete dim=1
    word_t window[T::TAP_ROWS][T::WINDOW_WORDS];
#pragma HLS AGGREGATE variable=window
#pragma HLS ARRAY_PARTITION variable=window complete dim=0
    int row = 0, place = 0;
steps:
    for (int step = 0; step < T::STEPS; step++) {
#pragma HLS PIPELINE II=1
        word_t newest;
        if (row < T::ROWS) {
            newest = in.read();
        } else {
            for (int k = 0; k < word_t::CODES; k++) {
                newest.data[k] = 0;
            }
        }
    taps:
        for (int i = 0; i < T::TAP_ROWS; i++) {
            for (int w = 0; w + 1 < T::WINDOW_WORDS; w++) {
                window[i][w] = window[i][w + 1];
            }
            const word_t current = i + 1 < T::TAP_ROWS ? rows[i < KEPT ? i : 0][place] : newest;
            window[i][T::WINDOW_WORDS - 1] = current;
            if (i > 0) {
                rows[i - 1][place] = current;
            }
        }
        const bool wraps = place < T::LATE_WORDS;
        const int from = place - T::LATE_WORDS + (wraps ? T::WORDS : 0);
        const int top = row - T::LATE_ROWS - (wraps ? 1 : 0) - T::TAP_ROWS + 1; // row of the image at the tile's top
        const int down = top + T::BORDER_ROWS, column = from / T::WORD_STEP;
        const bool row_completes = down >= 0 && down % T::STRIDE_ROWS == 0 && down / T::STRIDE_ROWS < T::OUTPUT_ROWS;
        if (row_completes && from % T::WORD_STEP == 0 && column < T::TILE_COLUMNS) {
            const int left = column * T::STRIDE_COLUMNS - T::BORDER_COLUMNS;
            word<X, T::TAP_ROWS * T::TAP_COLUMNS * T::CHANNELS> tile;
#pragma HLS ARRAY_PARTITION variable=tile.data complete
            for (int i = 0; i < T::TAP_ROWS; i++) {
                for (int j = 0; j < T::TAP_COLUMNS; j++) {
                    const bool inside = top + i >= 0 && top + i < T::ROWS && left + j >= 0 && left + j < T::COLUMNS;
                    const word_t &under = window[i][(T::LEAD + j) / T::WORD_PIXELS];
                    for (int c = 0; c < T::CHANNELS; c++) {
                        tile.data[(i * T::TAP_COLUMNS + j) * T::CHANNELS + c] =
                            inside ? under.data[(T::LEAD + j) % T::WORD_PIXELS * T::CHANNELS + c] : X(0);
                    }
                }
            }
            out.write(tile);
        }
        row += place == T::WORDS - 1 ? 1 : 0;
        place = place == T::WORDS - 1 ? 0 : place + 1;
    }
}

// The segment's layers on each tile. F defines TILES, TILE_INTERVAL and apply.
template <class F, class X, int TILE, class Y, int RESULT>
void tiles(hls::stream<word<X, TILE> > &in, hls::stream<word<Y, RESULT> > &out) {
tiles:
    for (int tile = 0; tile < F::TILES; tile++) {
#pragma HLS PIPELINE II=F::TILE_INTERVAL
        const word<X, TILE> x = in.read();
        word<Y, RESULT> y;
#pragma HLS ARRAY_PARTITION variable=x.data complete
#pragma HLS ARRAY_PARTITION variable=y.data complete
        F::apply(x.data, y.data);
        out.write(y);
    }
}

// A whole frame from its words.
template <int ROWS, int COLUMNS, int CHANNELS, int PIXELS, class X>
void collect(hls::stream<word<X, PIXELS * CHANNELS> > &in, X frame[ROWS * COLUMNS * CHANNELS]) {
#pragma HLS INLINE
rows:
    for (int row = 0; row < ROWS; row++) {
    words:
        for (int first = 0; first < COLUMNS; first += PIXELS) {
#pragma HLS PIPELINE II=1
            const word<X, PIXELS * CHANNELS> next = in.read();
            for (int k = 0; k < PIXELS * CHANNELS; k++) {
                if (first + k / CHANNELS < COLUMNS) {
                    frame[(row * COLUMNS + first) * CHANNELS + k] = next.data[k];
                }
            }
        }
    }
}

// The words of a whole frame, as sent by a host. No hardware.
template <int ROWS, int COLUMNS, int CHANNELS, int PIXELS, class X>
void send(const X frame[ROWS * COLUMNS * CHANNELS], hls::stream<word<X, PIXELS * CHANNELS> > &out) {
    for (int row = 0; row < ROWS; row++) {
        for (int first = 0; first < COLUMNS; first += PIXELS) {
            word<X, PIXELS * CHANNELS> next;
            for (int k = 0; k < PIXELS * CHANNELS; k++) {
                const bool inside = first + k / CHANNELS < COLUMNS;
                next.data[k] = inside ? frame[(row * COLUMNS + first) * CHANNELS + k] : X(-1); // any code: it is ignored
            }
            out.write(next);
        }
    }
}

} // namespace bxnn

#endif
