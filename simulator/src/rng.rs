//! Chance from a seed. Everything is a pure function of (seed, stream, index), so a
//! million people or payments need no table: each is worked out when asked for, in
//! any order, and always comes out the same.
//!
//! [`Permutation`] shuffles `0..n` without storing it. It gives numbers that never
//! repeat, and exact quotas: the first k positions of a shuffle are k things chosen
//! at random.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of splitmix64: every input bit stirs every output bit.
#[must_use]
pub const fn mix(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A value for one index of one stream of a seed.
#[must_use]
pub const fn hash(seed: u64, stream: u64, index: u64) -> u64 {
    let base = mix(seed.wrapping_add(stream.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
    mix(base.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// A value for a text, to make a seed of a name.
#[must_use]
pub fn hash_text(seed: u64, text: &str) -> u64 {
    text.bytes()
        .fold(mix(seed), |state, byte| mix(state ^ u64::from(byte)))
}

/// A stream of values (splitmix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A value in `0..bound`; a bound of 0 counts as 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }

    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        let span = u64::from(last.saturating_sub(first)) + 1;
        first + u32::try_from(self.below(span)).unwrap_or(0)
    }

    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[to_usize(self.roll() % from.len() as u64)]
    }
}

/// For values known to be small: an index or a count.
#[must_use]
pub fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// A shuffle of `0..n` that needs no memory: a Feistel network over two halves of
/// any size, walked until the result falls inside.
#[derive(Clone, Debug)]
pub struct Permutation {
    n: u64,
    left: u64,
    right: u64,
    seed: u64,
}

impl Permutation {
    #[must_use]
    pub const fn new(seed: u64, n: u64) -> Self {
        let root = n.isqrt();
        let left = if root == 0 { 1 } else { root };
        let right = if n == 0 { 1 } else { n.div_ceil(left) };
        Self {
            n,
            left,
            right,
            seed,
        }
    }

    /// Where the shuffle puts `index`; every index of `0..n` has its own place.
    #[must_use]
    pub const fn at(&self, index: u64) -> u64 {
        assert!(index < self.n, "an index beyond the shuffle");
        let mut value = index;
        loop {
            let mut l = value / self.right;
            let mut r = value % self.right;
            let mut round = 0;
            while round < 4 {
                l = (l + hash(self.seed, round, r) % self.left) % self.left;
                r = (r + hash(self.seed, round + 100, l) % self.right) % self.right;
                round += 1;
            }
            value = l * self.right + r;
            if value < self.n {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a shuffle that gives one place to two indexes.
    #[test]
    fn a_permutation_hits_every_place_once() {
        for n in [1, 2, 3, 10, 97, 240, 1000] {
            let shuffle = Permutation::new(7, n);
            let mut seen: Vec<u64> = (0..n).map(|i| shuffle.at(i)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>(), "n = {n}");
        }
    }

    /// Catches a change of the generator, which would change every file of a seed.
    #[test]
    fn the_generator_gives_the_values_of_splitmix64() {
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.roll(), 6_457_827_717_110_365_317);
        assert_eq!(rng.roll(), 3_203_168_211_198_807_973);
    }
}
