// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {KustodiaEscrow} from "../../src/KustodiaEscrow.sol";
import {MockMXNB} from "../../src/test/MockMXNB.sol";
import {bound, vm} from "./Vm.sol";

/// @notice Does anything that the roles may try, legal or not, and writes down what came of it. A refusal is an outcome
/// here, not a fault, so that a second payout is really attempted.
contract EscrowHandler {
    uint256 public constant REFERENCES = 12;
    address[2] public bridges = [address(0xB1), address(0xB2)];
    address public constant ADMIN = address(0xAD);

    KustodiaEscrow public immutable escrow;
    MockMXNB public immutable token;

    /// @notice How often a reference made an escrow.
    mapping(bytes32 ref => uint256 times) public made;
    /// @notice What the settlement address got of it.
    mapping(uint256 id => uint256 amount) public paidBack;
    /// @notice Given to the contract beside any escrow, less what was rescued.
    uint256 public stray;
    /// @notice Set when an action led where none may lead.
    string public fault;

    uint256 private _now = block.timestamp;

    constructor(KustodiaEscrow escrow_, MockMXNB token_) {
        escrow = escrow_;
        token = token_;
    }

    function create(uint256 refSeed, uint256 bridgeSeed, uint256 amount, uint64 custody) external {
        bytes32 ref = bytes32(bound(refSeed, 0, REFERENCES));
        vm.prank(bridges[bridgeSeed % 2]);
        try escrow.createAndFund(ref, address(token), bound(amount, 0, 1e12), uint64(bound(custody, 0, 10 days))) {
            ++made[ref];
        } catch {}
    }

    function release(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        bool done = attempt(id, bridgeSeed, abi.encodeCall(escrow.release, (id)));
        if (done && _now < escrow.getEscrow(id).deadline) fault = "released early";
    }

    function cancel(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.cancel, (id)));
    }

    function dispute(uint256 idSeed, uint256 bridgeSeed) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.dispute, (id, "")));
    }

    function resolve(uint256 idSeed, uint256 bridgeSeed, bool inFavorOfSeller) external {
        uint256 id = pick(idSeed);
        attempt(id, bridgeSeed, abi.encodeCall(escrow.resolveDispute, (id, inFavorOfSeller)));
    }

    function give(uint256 amount) external {
        amount = bound(amount, 1, 1e12);
        token.mint(address(escrow), amount);
        stray += amount;
    }

    function rescue(uint256 amount) external {
        amount = bound(amount, 0, stray + 1e12);
        vm.prank(ADMIN);
        try escrow.rescue(address(token), ADMIN, amount) {
            if (amount > stray) fault = "rescued from an escrow";
            else stray -= amount;
        } catch {}
    }

    function togglePause() external {
        vm.startPrank(ADMIN);
        if (escrow.paused()) escrow.unpause();
        else escrow.pause();
        vm.stopPrank();
    }

    function pass(uint256 time) external {
        _now += bound(time, 1, 5 days);
        vm.warp(_now);
    }

    /// @dev Any escrow, and sometimes an id that was never given.
    function pick(uint256 seed) private view returns (uint256) {
        return bound(seed, 0, escrow.escrowCount() + 1);
    }

    /// @dev One call of either bridge wallet; the settlement address is paid, whoever called.
    function attempt(uint256 id, uint256 bridgeSeed, bytes memory call_) private returns (bool done) {
        uint256[2] memory before = [token.balanceOf(bridges[0]), token.balanceOf(bridges[1])];
        vm.prank(bridges[bridgeSeed % 2]);
        (done,) = address(escrow).call(call_);
        for (uint256 i; i < 2; ++i) {
            uint256 gained = token.balanceOf(bridges[i]) - before[i];
            if (gained == 0) continue;
            paidBack[id] += gained;
            if (escrow.settlement() != bridges[i]) fault = "paid to another than the settlement address";
        }
    }
}
