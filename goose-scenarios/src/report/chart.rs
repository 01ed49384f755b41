//! Plots of a run over time, as SVG that stands in the report's page.

use plotters::{
    coord::ranged1d::{AsRangedCoord, ValueFormatter},
    prelude::*,
};

use crate::{quantity::render_milliseconds, timeline::Second};

/// In pixels; the page makes it as wide as it is.
const SIZE: (u32, u32) = (960, 240);
/// The least that a plot of latencies shows, in milliseconds: below it nothing can be felt.
const LEAST_MILLISECONDS: f64 = 0.1;

/// A line of a plot: what it is, its colour, and its value in a second, if it has one.
type Line = (&'static str, RGBColor, fn(&Second) -> Option<f64>);

const BLUE: RGBColor = RGBColor(29, 78, 199);
const AMBER: RGBColor = RGBColor(178, 94, 9);
const RED: RGBColor = RGBColor(176, 28, 28);

/// Percentiles of each second on a logarithmic scale, or why there is no plot.
pub(super) fn latencies(seconds: &[Second]) -> Result<String, String> {
    let lines: [Line; 3] = [
        ("p50", BLUE, |second| Some(second.latency?.p50_ms)),
        ("p95", AMBER, |second| Some(second.latency?.p95_ms)),
        ("p99", RED, |second| Some(second.latency?.p99_ms)),
    ];
    let most = most(seconds, &lines).max(LEAST_MILLISECONDS * 10.0);
    let range = (LEAST_MILLISECONDS..most * 1.5).log_scale();
    draw(seconds, &lines, range, &|value| render_milliseconds(*value))
}

/// What ended in each second.
pub(super) fn throughput(seconds: &[Second]) -> Result<String, String> {
    let lines: [Line; 3] = [
        ("requests", BLUE, |second| Some(number(second.requests))),
        ("saves", AMBER, |second| Some(number(second.saves))),
        ("failed", RED, |second| Some(number(second.failed))),
    ];
    let most = most(seconds, &lines).max(1.0);
    draw(seconds, &lines, 0.0..most * 1.1, &|value| {
        format!("{value:.0}")
    })
}

fn most(seconds: &[Second], lines: &[Line]) -> f64 {
    let values = lines
        .iter()
        .flat_map(|(_, _, value)| seconds.iter().filter_map(value));
    values.fold(0.0, f64::max)
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

fn draw<Scale>(
    seconds: &[Second],
    lines: &[Line],
    range: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<String, String>
where
    Scale: AsRangedCoord<Value = f64>,
    Scale::CoordDescType: ValueFormatter<f64>,
{
    let mut svg = String::new();
    plot(&mut svg, seconds, lines, range, label).map_err(|error| error.to_string())?;
    Ok(svg)
}

fn plot<Scale>(
    svg: &mut String,
    seconds: &[Second],
    lines: &[Line],
    range: Scale,
    label: &dyn Fn(&f64) -> String,
) -> Result<(), Box<dyn std::error::Error>>
where
    Scale: AsRangedCoord<Value = f64>,
    Scale::CoordDescType: ValueFormatter<f64>,
{
    let end = seconds.last().map_or(1, |last| last.at + 1);
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .margin_right(20)
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 28)
        .build_cartesian_2d(0.0..f64::from(end), range)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_labels(10)
        .y_labels(6)
        .x_label_formatter(&|value| format!("{value:.0} s"))
        .y_label_formatter(&label)
        .draw()?;
    for (name, colour, value) in lines {
        let style = colour.stroke_width(2);
        // A second without a value is a gap, not a line to the next one.
        let mut named = false;
        for part in seconds.split(|second| value(second).is_none()) {
            let points = part
                .iter()
                .filter_map(|second| Some((f64::from(second.at) + 0.5, value(second)?)));
            let drawn = chart.draw_series(LineSeries::new(points, style))?;
            if !part.is_empty() && !std::mem::replace(&mut named, true) {
                drawn
                    .label(*name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            }
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Latency;

    fn second(at: u32, p50_ms: Option<f64>) -> Second {
        let latency = |p50_ms: f64| Latency {
            samples: 1,
            p50_ms,
            p95_ms: p50_ms * 3.0,
            p99_ms: p50_ms * 9.0,
            max_ms: p50_ms * 9.0,
        };
        Second {
            at,
            requests: 40,
            failed: 0,
            saves: 30,
            latency: p50_ms.map(latency),
        }
    }

    #[test]
    fn a_second_without_samples_is_a_gap_in_its_line() {
        let with_gap = [Some(1.0), Some(2.0), None, Some(3.0), Some(2.0)];
        let seconds: Vec<_> = (0..)
            .zip(with_gap)
            .map(|(at, p50)| second(at, p50))
            .collect();
        let svg = latencies(&seconds).unwrap();
        let lines_of = |colour: &str| {
            svg.lines()
                .filter(|line| line.starts_with("<polyline") && line.contains(colour))
                .count()
        };
        // Two parts, and the one in the legend.
        assert_eq!(lines_of("#1D4EC7"), 3, "{svg}");
        assert!(svg.contains("p95") && svg.contains("ms"), "{svg}");
    }

    #[test]
    fn a_run_in_which_nothing_ended_has_empty_plots() {
        for seconds in [vec![], vec![second(0, None)]] {
            assert!(latencies(&seconds).unwrap().starts_with("<svg"));
            assert!(throughput(&seconds).unwrap().starts_with("<svg"));
        }
    }
}
