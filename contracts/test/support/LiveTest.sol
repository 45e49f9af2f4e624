// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {MockMXNB} from "../../src/test/MockMXNB.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice A token, the wallets, and what the doubles of the two live contracts have in common.
abstract contract LiveTest {
    address internal constant BRIDGE = address(0xB1);
    address internal constant PLATFORM = address(0x91A7);
    address internal constant SELLER = address(0x5E11);
    address internal constant STRANGER = address(0x57);

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant RICH = 1e18;
    uint256 internal constant AMOUNT = 1_500_500_000;
    uint256 internal constant DEADLINE = START + 3 days;
    string internal constant REF = "0x00000000000000000000000000000000000000000000000000000000000000ab";

    bytes32 internal constant CREATED = 0x0bcf1e4a8179b3db7b841fac86f1eea3a6a1bce099a9502f05257ee5efecdffe;
    bytes32 internal constant FUNDED = 0x911052e1be46242b46bf3c2762227ff37c000e5fe38727638096f3a17fbfe170;
    bytes32 internal constant RELEASED = 0x69833829d5691ae09424af7d16f73adf033451149ea9c2fc6fcb4c44108eef67;
    bytes32 internal constant DISPUTED = 0xc523357a17c19a0da11b08e9f4d7e4fbed304cbe1be1d3583e4d5a677d75d709;
    bytes32 internal constant CANCELLED = 0x0d977c6b1a383ac5ce532b4a668d0ef9ad38478e1a5ff28abb221f4b682b2643;
    bytes32 internal constant RESOLVED = 0x694013e1c7c934eef6ed1a5776d4008895769844a7fced962b0bddb002fff624;

    MockMXNB internal token;

    function setUp() public virtual {
        vm.warp(START);
        token = new MockMXNB(address(this), address(this), address(this));
        token.configureMinter(address(this), type(uint256).max);
        token.mint(BRIDGE, RICH);
    }

    function approve(address spender) internal {
        vm.prank(BRIDGE);
        token.approve(spender, type(uint256).max);
    }

    /// @dev The logs of one contract since they were recorded.
    function logsOf(address emitter) internal returns (Vm.Log[] memory logs) {
        Vm.Log[] memory all = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].emitter == emitter) all[count++] = all[i];
        }
        logs = new Vm.Log[](count);
        for (uint256 i = 0; i < count; i++) {
            logs[i] = all[i];
        }
    }

    function assertTopic(Vm.Log memory log, bytes32 topic) internal pure {
        vm.assertEq(log.topics[0], topic, "topic");
    }

    function assertBalance(address holder, uint256 amount, string memory whose) internal view {
        vm.assertEq(token.balanceOf(holder), amount, whose);
    }
}
