//! The demo exam's questions.

use crate::store::sqlite::{DemoExam, DemoOption, DemoQuestion};

/// Ten questions, an hour.
pub(super) const DEMO_EXAM: DemoExam = DemoExam {
    code: "demo",
    title: "Demo exam: the world in ten questions",
    duration_seconds: 3600,
    questions: &[
        choice(
            "Which planet of our solar system is the largest?",
            1,
            &[
                right("Jupiter"),
                wrong("Saturn"),
                wrong("Neptune"),
                wrong("Earth"),
            ],
        ),
        choice(
            "Which of these numbers are prime? Choose all that are.",
            2,
            &[
                right("2"),
                right("13"),
                wrong("21"),
                wrong("1"),
                right("29"),
            ],
        ),
        statement(
            "Water boils at a lower temperature on a high mountain than at sea level.",
            1,
            true,
        ),
        choice(
            "Which gas do green plants take up for photosynthesis?",
            1,
            &[
                right("Carbon dioxide"),
                wrong("Oxygen"),
                wrong("Nitrogen"),
                wrong("Hydrogen"),
            ],
        ),
        choice(
            "Which of these cities are capitals? Choose all that are.",
            2,
            &[
                right("Canberra"),
                wrong("Istanbul"),
                right("Ottawa"),
                wrong("Rio de Janeiro"),
                right("Nairobi"),
            ],
        ),
        statement(
            "In a right-angled triangle the longest side is opposite the right angle.",
            1,
            true,
        ),
        choice(
            "A train covers 180 km in one and a half hours. What is its average speed?",
            1,
            &[
                right("120 km/h"),
                wrong("90 km/h"),
                wrong("135 km/h"),
                wrong("270 km/h"),
            ],
        ),
        choice(
            "Which organ of the human body makes insulin?",
            1,
            &[
                right("Pancreas"),
                wrong("Liver"),
                wrong("Kidney"),
                wrong("Spleen"),
            ],
        ),
        statement("Sound travels faster in air than in water.", 1, false),
        choice(
            "Which of these are renewable sources of energy? Choose all that are.",
            2,
            &[
                right("Wind"),
                right("Sunlight"),
                wrong("Natural gas"),
                right("Tides"),
                wrong("Coal"),
            ],
        ),
    ],
};

const fn choice(text: &'static str, points: i64, options: &'static [DemoOption]) -> DemoQuestion {
    DemoQuestion {
        text,
        points,
        options,
        correct_value: None,
    }
}

const fn statement(text: &'static str, points: i64, correct: bool) -> DemoQuestion {
    DemoQuestion {
        text,
        points,
        options: &[],
        correct_value: Some(correct),
    }
}

const fn right(text: &'static str) -> DemoOption {
    DemoOption {
        text,
        is_correct: true,
    }
}

const fn wrong(text: &'static str) -> DemoOption {
    DemoOption {
        text,
        is_correct: false,
    }
}
