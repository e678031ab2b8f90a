//! Two network namespaces with a cable between them, and captures at one end of it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};

use super::common::netdissect;

/// The interface at the far end, on which is captured, and the addresses of both.
pub(super) const FAR: &str = "nd1";
pub(super) const NEAR_IP: &str = "192.0.2.1";
pub(super) const FAR_IP: &str = "192.0.2.2";
const NEAR_MAC: &str = "02:00:00:00:00:01";
const FAR_MAC: &str = "02:00:00:00:00:02";

/// Nothing here takes so long, on however slow a machine.
pub(super) const HANG: Duration = Duration::from_secs(60);

/// A cable. Both ends go away with it.
pub(super) struct Cable {
    near: String,
    far: String,
}

fn ip(words: &str) -> bool {
    let done = Command::new("ip").args(words.split(' ')).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

/// Says past what the harness keeps back that a test looks at nothing.
pub(super) fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

impl Cable {
    /// `None`, loudly, where namespaces cannot be made.
    pub(super) fn lay() -> Option<Self> {
        static LAID: AtomicU32 = AtomicU32::new(0);
        let number = LAID.fetch_add(1, Ordering::Relaxed);
        let name = |end| format!("nd-{}-{number}-{end}", std::process::id());
        let cable = Self { near: name("near"), far: name("far") };
        let Self { near, far } = &cable;
        let done = ip(&format!("netns add {near}"))
            && ip(&format!("netns add {far}"))
            && ip(&format!(
                "link add nd0 address {NEAR_MAC} netns {near} type veth peer name {FAR} address {FAR_MAC} netns {far}"
            ))
            && cable.near(&format!("addr add {NEAR_IP}/24 dev nd0"))
            && cable.far(&format!("addr add {FAR_IP}/24 dev {FAR}"))
            && cable.near("link set nd0 up")
            && cable.far(&format!("link set {FAR} up"))
            && cable.far("link set lo up")
            // Nobody has to be asked who is there: no packet waits for the answer.
            && cable.near(&format!("neigh replace {FAR_IP} lladdr {FAR_MAC} dev nd0"))
            && cable.far(&format!("neigh replace {NEAR_IP} lladdr {NEAR_MAC} dev {FAR}"));
        if !done {
            skip("network namespaces need root and ip");
        }
        if done {
            cable.wait_until_up();
        }
        done.then_some(cable)
    }

    /// Waits until what is sent arrives; before that the kernel throws it away.
    pub(super) fn wait_until_up(&self) {
        let begun = Instant::now();
        for (name, link) in [(&self.near, "nd0"), (&self.far, FAR)] {
            loop {
                let shown = Command::new("ip").args(["-n", name, "link", "show", link]).output().unwrap();
                if String::from_utf8_lossy(&shown.stdout).contains("state UP") {
                    break;
                }
                assert!(begun.elapsed() < HANG, "the cable does not come up");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn near(&self, words: &str) -> bool {
        ip(&format!("-n {} {words}", self.near))
    }

    /// Runs `ip` at the far end.
    pub(super) fn far(&self, words: &str) -> bool {
        ip(&format!("-n {} {words}", self.far))
    }

    /// Does something in a namespace; sockets stay there.
    fn within<T: Send>(name: &str, what: impl FnOnce() -> T + Send) -> T {
        let file = File::open(Path::new("/run/netns").join(name)).unwrap();
        std::thread::scope(|scope| {
            let there = scope.spawn(|| {
                setns(file, CloneFlags::CLONE_NEWNET).unwrap();
                what()
            });
            there.join().unwrap()
        })
    }

    /// A socket at the near end that sends to this port of the far one.
    pub(super) fn sender(&self, port: u16) -> UdpSocket {
        let socket = Self::within(&self.near, || UdpSocket::bind((NEAR_IP, 0)).unwrap());
        socket.connect((FAR_IP, port)).unwrap();
        socket
    }

    /// Sends one datagram from the far end to an address.
    pub(super) fn far_sends(&self, to: &str, port: u16) {
        let socket = Self::within(&self.far, || UdpSocket::bind((FAR_IP, 0)).unwrap());
        socket.send_to(b"hello", (to, port)).unwrap();
    }

    /// A connection over the cable: the end that opened it, and the other.
    pub(super) fn connection(&self) -> (TcpStream, TcpStream) {
        let server = Self::within(&self.far, || TcpListener::bind((FAR_IP, 0)).unwrap());
        let port = server.local_addr().unwrap().port();
        let client = Self::within(&self.near, || TcpStream::connect((FAR_IP, port)).unwrap());
        (client, server.accept().unwrap().0)
    }

    /// The words that capture at the far end, for a shell.
    pub(super) fn command(&self, args: &[&str]) -> String {
        let program = env!("CARGO_BIN_EXE_netdissect");
        format!("ip netns exec {} {program} live {}", self.far, args.join(" "))
    }

    /// Captures at the far end; returns once the ring is there.
    pub(super) fn capture(&self, args: &[&str]) -> Capture {
        let program = netdissect(["live", "--sandbox-report"]);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.far]).arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.args(args).current_dir("/");
        Capture::start(command)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.near));
        ip(&format!("netns del {}", self.far));
    }
}

/// Sends so many datagrams, numbered, with a pause now and then that any machine keeps up with.
pub(super) fn send(socket: &UdpSocket, count: u32) {
    for number in 0..count {
        let datagram = [&number.to_be_bytes()[..], &[b'x'; 200]].concat();
        // Nobody takes them, which an earlier one may have brought to light; then this one has not left yet.
        if socket.send(&datagram).is_err() {
            socket.send(&datagram).unwrap();
        }
        if number % 100 == 99 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// A capture that goes on until it is asked to end.
pub(super) struct Capture {
    child: Child,
    out: Option<ChildStdout>,
    errors: Receiver<String>,
    /// Lines of standard error so far, behind the report.
    pub(super) said: Vec<String>,
}

/// What a capture came to.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) said: Vec<String>,
    /// How long it took from the request to the end.
    pub(super) took: Duration,
}

impl Capture {
    pub(super) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, errors) = mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let out = child.stdout.take();
        let mut capture = Self { child, out, errors, said: Vec::new() };
        capture.wait_for("run a program");
        capture.said.clear();
        capture
    }

    /// Waits until a line on standard error has this in it.
    #[track_caller]
    pub(super) fn wait_for(&mut self, words: &str) {
        let begun = Instant::now();
        while !self.said.iter().any(|line| line.contains(words)) {
            match self.errors.recv_timeout(Duration::from_secs(1)) {
                Ok(line) => self.said.push(line),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => panic!("no {words:?} in {:?}", self.said),
            }
            assert!(begun.elapsed() < HANG, "no {words:?} in {:?}", self.said);
        }
    }

    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// What it prints, line by line.
    pub(super) fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.out.take().unwrap()).lines().map_while(Result::ok)
    }

    /// Waits for its end.
    #[track_caller]
    pub(super) fn end(mut self) -> Ended {
        let begun = Instant::now();
        let mut out = Vec::new();
        if let Some(mut from) = self.out.take() {
            from.read_to_end(&mut out).unwrap();
        }
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(begun.elapsed() < HANG, "it does not end: {:?}", self.said);
            std::thread::sleep(Duration::from_millis(2));
        };
        let took = begun.elapsed();
        self.said.extend(self.errors.iter());
        Ended { code, out: String::from_utf8(out).unwrap(), said: std::mem::take(&mut self.said), took }
    }

    /// Ctrl-C, and its end.
    #[track_caller]
    pub(super) fn interrupt(self) -> Ended {
        self.signal("INT");
        self.end()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// The number before these words of the summary.
    #[track_caller]
    pub(super) fn count(&self, words: &str) -> u64 {
        let summary = self.said.iter().rev().find(|line| line.contains(" packets received, ")).unwrap();
        let before = summary.split(words).next().unwrap().trim_end();
        before.rsplit([' ', ';']).next().unwrap().replace(',', "").parse().unwrap()
    }

    /// The books are exact: what was received was captured or dropped.
    #[track_caller]
    pub(super) fn balances(&self) {
        let dropped = self.count("dropped by the kernel");
        assert_eq!(self.count("packets received"), self.count("captured") + dropped, "{:?}", self.said);
    }
}
