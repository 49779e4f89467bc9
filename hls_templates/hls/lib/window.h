// window.h: the positions of a window on an image. A sequence is an image with one row.
#ifndef BXNN_WINDOW_H
#define BXNN_WINDOW_H

namespace bxnn {

// Sizes of a window W: pixels of the image, taps, stride, dilation, and the border in front that it may cover.
template <int IMAGE_ROWS, int IMAGE_COLUMNS, int TAP_ROWS, int TAP_COLUMNS, int STRIDE_ROWS, int STRIDE_COLUMNS,
          int DILATION_ROWS, int DILATION_COLUMNS, int BORDER_ROWS, int BORDER_COLUMNS, int OUTPUT_ROWS,
          int OUTPUT_COLUMNS>
struct window {
    static const int PIXELS = IMAGE_ROWS * IMAGE_COLUMNS;
    static const int TAPS = TAP_ROWS * TAP_COLUMNS;
    static const int POSITIONS = OUTPUT_ROWS * OUTPUT_COLUMNS;

    // Row and column of the pixel under a tap; they may be outside the image.
    static int row(int position, int tap) {
        return position / OUTPUT_COLUMNS * STRIDE_ROWS + tap / TAP_COLUMNS * DILATION_ROWS - BORDER_ROWS;
    }
    static int column(int position, int tap) {
        return position % OUTPUT_COLUMNS * STRIDE_COLUMNS + tap % TAP_COLUMNS * DILATION_COLUMNS - BORDER_COLUMNS;
    }
    // Number of the pixel, row by row; -1 outside the image.
    static int pixel(int row, int column) {
        const bool inside = row >= 0 && row < IMAGE_ROWS && column >= 0 && column < IMAGE_COLUMNS;
        return inside ? row * IMAGE_COLUMNS + column : -1;
    }
};

// The pixel under a tap of the window in a position; -1 outside the image. A constant once the loops are unrolled.
template <class W>
int pixel_under(int position, int tap) {
#pragma HLS INLINE
    return W::pixel(W::row(position, tap), W::column(position, tap));
}

} // namespace bxnn

#endif
